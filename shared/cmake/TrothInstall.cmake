# What programs of others link: attested TLS and HTTP, and the ways to a gateway, as one archive with
# its headers, a CMake package and a pkg-config file.
#   cmake --install build --component library --prefix PREFIX
# What is installed without a component are the programs: who builds only these has no archive.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(rooms base codec crypto files report evidence endorsement appraisal policy device attesting
  protocol wire atls http client binding)
set(objects $<TARGET_OBJECTS:troth_grpcapi>)
foreach(room IN LISTS rooms)
  list(APPEND objects $<TARGET_OBJECTS:troth_${room}>)
endforeach()
add_library(troth_library STATIC ${objects})
set_target_properties(troth_library PROPERTIES OUTPUT_NAME troth LINKER_LANGUAGE CXX)

install(TARGETS troth_library ARCHIVE COMPONENT library EXCLUDE_FROM_ALL)
foreach(room IN ITEMS base codec crypto files report evidence endorsement appraisal policy device attesting
    atls http client)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/shared/${room}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troth/shared COMPONENT library EXCLUDE_FROM_ALL
    FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/shared/wire/atls.hpp ${PROJECT_SOURCE_DIR}/shared/wire/cmc.hpp
  ${PROJECT_SOURCE_DIR}/shared/wire/tls_keys.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troth/shared/wire COMPONENT library EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/shared/binding/atls.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troth COMPONENT library EXCLUDE_FROM_ALL)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/troth)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/trothConfig.cmake.in
  ${PROJECT_BINARY_DIR}/trothConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/trothConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
# From where the file will be: a prefix that is chosen at installation holds, too.
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/troth.pc.in ${PROJECT_BINARY_DIR}/troth.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/trothConfig.cmake ${PROJECT_BINARY_DIR}/trothConfigVersion.cmake
  DESTINATION ${package} COMPONENT library EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_BINARY_DIR}/troth.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library EXCLUDE_FROM_ALL)
