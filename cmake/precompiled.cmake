# Precompiled headers: those of Abseil, Protobuf and gRPC cost more than the files that include them. A
# file compiles without them, too: it includes all that it uses, and the presets of clang, `tidy` and
# `fuzz`, have none.

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

# GCC 12 forgets which precompiled headers are the system's, and tells of its false alarms in
# std::string. For these files of the calling folder.
function(berth_silence_false_alarms)
  if(PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set_source_files_properties(${ARGN} PROPERTIES
      COMPILE_OPTIONS "-Wno-stringop-overread;-Wno-stringop-overflow;-Wno-array-bounds")
  endif()
endfunction()

if(PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)  # so that ccache sees what is precompiled
endif()
