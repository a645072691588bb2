// Version and language detection. Nothing here changes the layout of a type or the body of a function: two engines in
// one process may include membound under different flags.
#ifndef MEMBOUND_CONFIG_HPP
#define MEMBOUND_CONFIG_HPP

#define MEMBOUND_VERSION_MAJOR 0
#define MEMBOUND_VERSION_MINOR 1
#define MEMBOUND_VERSION_PATCH 0

#if defined(_MSVC_LANG)
#define MEMBOUND_CPLUSPLUS _MSVC_LANG
#else
#define MEMBOUND_CPLUSPLUS __cplusplus
#endif

static_assert(MEMBOUND_CPLUSPLUS >= 201703L, "membound needs C++17 or later");

// For functions whose room on the stack is not their callers'.
#if defined(__GNUC__)
#define MEMBOUND_NOINLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define MEMBOUND_NOINLINE __declspec(noinline)
#else
#define MEMBOUND_NOINLINE
#endif

// The inline namespace is part of every mangled name, so that two versions may live in one program.
#define MEMBOUND_BEGIN_NAMESPACE \
    namespace membound {         \
    inline namespace v0 {
#define MEMBOUND_END_NAMESPACE \
    }                          \
    }

#endif
