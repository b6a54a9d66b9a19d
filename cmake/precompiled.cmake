# Precompiled headers: those of Abseil, Protobuf and gRPC cost more than the files that include them. A
# file compiles without them, too: it includes all that it uses, and the preset `tidy` has none.

option(PRECOMPILE "Precompile the headers that most files include" ON)

# Gives the target the headers of cmake/precompiled/<set>.h. The first target of a set compiles them;
# the options of the others must be the same.
function(berth_precompile target set)
  if(NOT PRECOMPILE)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY berth_precompiled_${set})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE <cmake/precompiled/${set}.h>)
    set_property(GLOBAL PROPERTY berth_precompiled_${set} ${target})
  endif()
endfunction()

if(PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)  # so that ccache sees what is precompiled
elseif(PRECOMPILE)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
