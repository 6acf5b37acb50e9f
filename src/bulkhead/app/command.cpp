#include "bulkhead/app/command.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace bulkhead::app {

int report(const Error& error) {
  fmt::print(stderr, "bulkhead: {}\n", error.message());
  return error.code == ErrorCode::invalid_argument ? exit_usage : exit_failure;
}

}  // namespace bulkhead::app
