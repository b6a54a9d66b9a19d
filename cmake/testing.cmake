# What tests/run builds for each of its parts.
add_custom_target(programs DEPENDS berthd berth berth-shim)
add_custom_target(unit_tests)
add_custom_target(kernel_tests DEPENDS programs)
add_custom_target(fuzzers)

# berth_tests(kind folder target...): one program of all *_test.cc directly in tests/<kind>/<folder>,
# linked with the targets under test, and one ctest entry <kind>.<folder with dots> with the label <kind>.
function(berth_tests kind folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${kind}/${folder}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "." dotted ${folder})
  set(name ${kind}.${dotted})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} berth_test_support)
  # What is tested is compiled as it ships; the tests themselves compile in half the time like this.
  target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0 -g1>)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests BERTH_TEST ON)
  target_compile_definitions(${name} PRIVATE
    BERTH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" BERTH_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  add_dependencies(${kind}_tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${kind})
endfunction()

# One ctest entry a file of Python's unittest, one after the other: they start daemons, make networks
# and measure what is left on the machine.
function(berth_script_tests label)
  foreach(script ${ARGN})
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME ${label}.${name} COMMAND ${Python3_EXECUTABLE} ${script} -v)
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} RUN_SERIAL ON TIMEOUT 900
      ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;BERTH_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  endforeach()
endfunction()
