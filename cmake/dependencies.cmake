# Every library we use, with the lowest version that was tried. All are Debian 12's own packages;
# deploy/packages.txt lists them.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf 3.21 REQUIRED)  # module mode, and before gRPC: gRPC's config needs its targets
find_package(gRPC 1.51 CONFIG REQUIRED)
find_package(absl 20220623 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)  # its package names no version; tried with 1.0
find_package(CURL 7.88 REQUIRED)
find_package(LibArchive 3.6 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
find_package(tomlplusplus 3.3 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
find_package(GTest 1.12 CONFIG REQUIRED)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5.4)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate>=1.14)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal>=2.30)
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl>=0.21)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5.4)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1>=0.2.5)

option(STATIC_GRPC "Link gRPC, Protobuf and Abseil from their archives (less memory, faster start)" OFF)

# Debian's CMake files name the shared libraries only; the archives lie beside them.
function(use_archive target)
  foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_NONE IMPORTED_LOCATION_RELEASE)
    get_target_property(location ${target} ${property})
    if(location)
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive ${location})
      if(NOT EXISTS ${archive})
        message(FATAL_ERROR "STATIC_GRPC: there is no ${archive}")
      endif()
      set_target_properties(${target} PROPERTIES ${property} ${archive})
    endif()
  endforeach()
endfunction()

if(STATIC_GRPC)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  list(FILTER targets INCLUDE REGEX "^(absl::.*|gRPC::(grpc_unsecure|grpc\\+\\+_unsecure|gpr|upb|address_sorting)|protobuf::libprotobuf|c-ares::cares)$")
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      use_archive(${target})
    endif()
  endforeach()
  find_library(RE2_ARCHIVE libre2.a REQUIRED)  # re2::re2 is pkg-config's words, with no location
  set_target_properties(re2::re2 PROPERTIES INTERFACE_LINK_LIBRARIES "${RE2_ARCHIVE};Threads::Threads")
  add_link_options(-Wl,--gc-sections)
endif()
