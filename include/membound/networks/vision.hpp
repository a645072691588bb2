// Networks that see images.
// Source of the shapes: torchvision 0.20 (models/resnet.py, models/vision_transformer.py) and openai/clip-vit-base-patch32.
#ifndef MEMBOUND_NETWORKS_VISION_HPP
#define MEMBOUND_NETWORKS_VISION_HPP

#include <membound/networks/transformer.hpp>

MEMBOUND_BEGIN_NAMESPACE
namespace detail {

// 1x1, 3x3, 1x1, each with a batch normalisation; the last has four times the channels.
constexpr network::value bottleneck(network &n, network::value x, std::int64_t width, std::int64_t stride) {
    const auto convolve = [&](network::value from, std::int64_t channels, const convolution_shape &s) {
        return n.normalisation(n.convolution(from, channels, s));
    };
    network::value y = n.activation(convolve(x, width, {}));
    y = n.activation(convolve(y, width, {3, stride, 1}));
    y = convolve(y, 4 * width, {});
    const bool changes = n[x].gives.channels != 4 * width || stride > 1;
    return n.activation(n.addition(y, changes ? convolve(x, 4 * width, {1, stride}) : x));
}

} // namespace detail

namespace networks {

struct resnet_50 {
    static constexpr network value = [] {
        network n("resnet-50");
        auto x = n.activation(n.normalisation(n.convolution(n.input({3, 224, 224}), 64, {7, 2, 3})));
        x = n.pooling(x, {3, 2, 1});
        constexpr int depths[] = {3, 4, 6, 3};
        for (int stage = 0; stage < 4; ++stage)
            for (int i = 0; i < depths[stage]; ++i)
                x = detail::bottleneck(n, x, std::int64_t{64} << stage, stage > 0 && i == 0 ? 2 : 1);
        n.linear(n.global_pooling(x), 1000);
        return n;
    }();
};

struct vit_b_16 {
    static constexpr network value = [] {
        network n("vit-b-16");
        auto x = n.as_tokens(n.convolution(n.input({3, 224, 224}), 768, {16, 16, 0, 1, true}));
        x = n.joined(n.parameter({768}), x);
        x = n.addition(x, n.parameter({768, 197}));
        for (int i = 0; i < 12; ++i) x = detail::transformer_block(n, x, 12, 3072);
        n.linear(n.one_token(n.normalisation(x)), 1000);
        return n;
    }();
};

// Both towers: an image of 224 by 224 in patches of 32, and a text of 77 tokens.
struct clip_vit_b_32 {
    static constexpr network value = [] {
        network n("clip-vit-b-32");
        auto image = n.as_tokens(n.convolution(n.input({3, 224, 224}), 768, {32, 32}));
        image = n.joined(n.parameter({768}), image);
        image = n.normalisation(n.addition(image, n.parameter({768, 50})));
        for (int i = 0; i < 12; ++i) image = detail::transformer_block(n, image, 12, 3072);
        n.linear(n.normalisation(n.one_token(image)), 512, false);
        auto text = n.addition(n.embedding(49408, 512, 77), n.parameter({512, 77}));
        for (int i = 0; i < 12; ++i) text = detail::transformer_block(n, text, 8, 2048);
        n.linear(n.one_token(n.normalisation(text)), 512, false);
        n.parameter({1}); // logit_scale
        return n;
    }();
};

} // namespace networks
MEMBOUND_END_NAMESPACE

#endif
