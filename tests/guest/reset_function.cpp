// Resets a virtio function as its driver could: reset_function FUNCTION. Ends well if a register of
// it has what was written, and what a reset leaves there afterwards.
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/virtio/transport.hpp"

namespace bulkhead {
namespace {

Result<> expect_status(virtio::Transport& transport, uint8_t wanted) {
  BULKHEAD_TRY_ASSIGN(const auto status, transport.status());
  fmt::print("its device status is {:#x}\n", status);
  if (status == wanted) return {};
  return fail(ErrorCode::io, fmt::format("the device status is {:#x}, not {:#x}", status, wanted));
}

Result<> run(const std::string& name) {
  BULKHEAD_TRY_ASSIGN(const auto function, bus::open(name));
  BULKHEAD_TRY(function->set_bus_master(false));
  BULKHEAD_TRY_ASSIGN(const auto transport, virtio::open_transport(function, false));
  BULKHEAD_TRY(transport->set_status(virtio::status::ACKNOWLEDGE));
  BULKHEAD_TRY(expect_status(*transport, virtio::status::ACKNOWLEDGE));
  BULKHEAD_TRY(function->reset());
  BULKHEAD_TRY(expect_status(*transport, 0));
  return function->check_alive();
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv, std::next(argv, argc)};
  if (arguments.size() != 2) {
    fmt::print(stderr, "usage: reset_function FUNCTION\n");
    return 2;
  }
  const auto result = bulkhead::run(arguments[1]);
  if (!result) fmt::print(stderr, "reset_function: {}\n", result.error().message());
  return result ? 0 : 1;
}
