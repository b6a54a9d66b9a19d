# One interface target with our warnings, hardening and sanitizers. Generated code does not link it.

set(SANITIZE "" CACHE STRING "Comma-separated sanitizers, for example address,undefined")
option(COVERAGE "Instrument for gcov" OFF)
option(FUZZ "Instrument for libFuzzer, and build the fuzzers to run and not to replay" OFF)

add_library(berth_options INTERFACE)
target_include_directories(berth_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(berth_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  -fstack-protector-strong -ffunction-sections -fdata-sections)
target_compile_definitions(berth_options INTERFACE
  JSON_NOEXCEPTION TOML_EXCEPTIONS=0 TOML_HEADER_ONLY=1 _FILE_OFFSET_BITS=64)
target_link_options(berth_options INTERFACE -Wl,-z,relro,-z,now)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(berth_options INTERFACE -Wthread-safety)
endif()

# Everything is compiled without exceptions but cri/cli, because CLI11 throws.
add_library(berth_no_exceptions INTERFACE)
target_compile_options(berth_no_exceptions INTERFACE -fno-exceptions)

if(SANITIZE)
  add_compile_options(-fsanitize=${SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SANITIZE})
  if(SANITIZE MATCHES "thread")
    add_library(berth_tsan STATIC ${CMAKE_CURRENT_LIST_DIR}/tsan_mutex.cc)  # base links it
    target_link_libraries(berth_tsan PUBLIC absl::synchronization)
  endif()
else()
  # Not at -O0, which tests are compiled at.
  set(is_optimized $<AND:$<CONFIG:RelWithDebInfo>,$<NOT:$<BOOL:$<TARGET_PROPERTY:BERTH_TEST>>>>)
  target_compile_options(berth_options INTERFACE $<${is_optimized}:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  target_compile_definitions(berth_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(FUZZ)  # so that a fuzzer sees which of our lines an input reaches; each links the rest itself
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(COVERAGE)  # generated code takes minutes to compile with it, and is not ours to cover
  target_compile_options(berth_options INTERFACE --coverage)
  add_link_options(--coverage)
endif()

# berth_library(name DIRECTORY dir... LINK target... [PRECOMPILE set]): a static library of all .cc files directly in
# the directories (not below them), relative to the calling folder. Files are found by pattern so
# that a new unit is a new file and nothing else.
function(berth_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILE" "DIRECTORY;LINK;EXCLUDE" ${ARGN})
  set(sources "")
  foreach(directory ${ARG_DIRECTORY})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  list(TRANSFORM sources REPLACE "/[.]/" "/")
  foreach(excluded ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${excluded})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC berth_options berth_no_exceptions ${ARG_LINK})
  if(ARG_PRECOMPILE)
    berth_precompile(${name} ${ARG_PRECOMPILE})
  endif()
endfunction()
