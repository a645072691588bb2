# Configures, builds and runs the project that uses membound.
#   cmake -D HOW=add_subdirectory|find_package|wrong_version -D SOURCE=... -D BUILD=... -D VERSION=... -D WORK=...
#         -D GENERATOR=... -D COMPILER=... -P run.cmake
cmake_minimum_required(VERSION 3.25)
set(prefix ${WORK}/${HOW}-prefix)
set(build ${WORK}/${HOW})
file(REMOVE_RECURSE ${build})
set(configure ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${build} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
              -DMEMBOUND_EXPECTED=${VERSION})

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build_and_run)
    run(${configure} ${ARGV})
    run(${CMAKE_COMMAND} --build ${build})
    run(${build}/consumer)
endfunction()

function(install_package)
    file(REMOVE_RECURSE ${prefix})
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
endfunction()

string(REGEX MATCH "^[0-9]+" major ${VERSION})
math(EXPR next_major "${major} + 1")

if(HOW STREQUAL "add_subdirectory")
    build_and_run(-DMEMBOUND_SOURCE=${SOURCE})
elseif(HOW STREQUAL "find_package")
    install_package()
    file(GLOB_RECURSE sources RELATIVE ${SOURCE}/include ${SOURCE}/include/*)
    file(GLOB_RECURSE installed RELATIVE ${prefix}/include ${prefix}/include/*)
    if(NOT sources STREQUAL installed)
        message(FATAL_ERROR "installed headers:\n${installed}\nheaders:\n${sources}")
    endif()
    build_and_run(-DCMAKE_PREFIX_PATH=${prefix} -DMEMBOUND_WANTED=${VERSION})
elseif(HOW STREQUAL "wrong_version")
    install_package()
    foreach(wanted IN ITEMS ${next_major} ${major}.999)
        execute_process(COMMAND ${configure} -DCMAKE_PREFIX_PATH=${prefix} -DMEMBOUND_WANTED=${wanted}
                        RESULT_VARIABLE status ERROR_VARIABLE message OUTPUT_QUIET)
        string(REGEX REPLACE "[ \n]+" " " message "${message}")
        set(refused "requested version \"${wanted}\".*membound-config.cmake, version: ${VERSION}")
        if(status EQUAL 0 OR NOT message MATCHES "${refused}")
            message(FATAL_ERROR "version ${wanted} is not refused (status ${status}):\n${message}")
        endif()
    endforeach()
else()
    message(FATAL_ERROR "HOW is ${HOW}")
endif()
