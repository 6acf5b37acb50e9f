# Headers of others, compiled once a program instead of once a file. Only the sanitizers' builds do so:
# the others show whether each file includes what it uses.
option(BULKHEAD_PRECOMPILE "Compile the headers of fmt, GoogleTest and others only once" OFF)

# bulkhead_precompile(TARGET HEADER...): the headers that most of the target's files include.
function(bulkhead_precompile target)
  if(BULKHEAD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()
