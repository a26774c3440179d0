include(TrothRooms)

option(TROTH_WERROR "Treat warnings as errors" OFF)
set(TROTH_SANITIZERS "" CACHE STRING "For -fsanitize=, e.g. address,undefined")

add_library(troth_flags INTERFACE)
target_include_directories(troth_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(troth_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${TROTH_WERROR}>:-Werror>)
if(TROTH_SANITIZERS)
  target_compile_options(troth_flags INTERFACE -fsanitize=${TROTH_SANITIZERS} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(troth_flags INTERFACE -fsanitize=${TROTH_SANITIZERS})
endif()

# troth_library(base SOURCES a.cpp ... USES troth::crypto ...): the library of
# one room. USES is all that its code may include, and no more than the room's
# row in shared/rooms.txt; without SOURCES it is headers only.
function(troth_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  troth_check_uses(${name} ${arg_USES})
  if(arg_SOURCES)
    add_library(troth_${name} STATIC ${arg_SOURCES})
    target_link_libraries(troth_${name} PUBLIC troth_flags ${arg_USES})
  else()
    add_library(troth_${name} INTERFACE)
    target_link_libraries(troth_${name} INTERFACE troth_flags ${arg_USES})
  endif()
  add_library(troth::${name} ALIAS troth_${name})
endfunction()

add_custom_target(programs) # all executables, and no test

# troth_program(services troth-verifier SOURCES ... USES ...): an executable; the
# first argument is its row in shared/rooms.txt, services or tools.
function(troth_program row name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  troth_check_uses(${row} ${arg_USES})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES})
  target_compile_definitions(${name} PRIVATE TROTH_VERSION="${PROJECT_VERSION}")
  add_dependencies(programs ${name})
  install(TARGETS ${name} RUNTIME) # cmake --install build: to /usr/local/bin, as the units say
endfunction()
