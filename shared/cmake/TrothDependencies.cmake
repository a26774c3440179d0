# Debian bookworm's packages that we build on; docs/dependencies.md says why each is there.
# deploy/install-dependencies installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CAF 0.17.6 REQUIRED)
find_package(CLI11 2.1.2 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS system)
target_compile_definitions(Boost::headers INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:BOOST_ASIO_HAS_CO_AWAIT>) # 1.74 does not know that clang has it
find_package(SOCI 4.0 REQUIRED)
target_compile_options(SOCI::soci_core INTERFACE -fno-sanitize=vptr) # hides its type information
find_package(cpprestsdk 2.10 REQUIRED)
target_compile_definitions(cpprestsdk::cpprest INTERFACE _TURN_OFF_PLATFORM_STRING) # its macro U breaks CAF
pkg_check_modules(hogweed REQUIRED IMPORTED_TARGET hogweed nettle gmp) # hogweed.pc leaves gmp out
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(cbor REQUIRED IMPORTED_TARGET libcbor>=0.8)
pkg_check_modules(duktape REQUIRED IMPORTED_TARGET duktape>=2.2) # 2.7, whatever its .pc says
pkg_check_modules(tss2 REQUIRED IMPORTED_TARGET tss2-esys tss2-mu tss2-rc tss2-tctildr)
pkg_check_modules(coap REQUIRED IMPORTED_TARGET libcoap-3-openssl>=4.3.1)
pkg_check_modules(grpc REQUIRED IMPORTED_TARGET grpc++>=1.51)
pkg_check_modules(protobuf REQUIRED IMPORTED_TARGET protobuf>=3.21)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
