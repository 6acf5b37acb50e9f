#include "bulkhead/driver/nic.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bulkhead::driver {

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}", fmt::join(octets, ":"));
}

Result<> check_station_address(const MacAddress& address) {
  if (address == MacAddress{} || address.is_multicast())
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is no address of a station", address.to_string()),
                "take a unicast address");
  return {};
}

Result<Link> Nic::wait_for_link(std::chrono::milliseconds limit) {
  return driver::wait_for_link([this] { return link(); }, limit);
}

std::unexpected<Error> Nic::no_indirection_table() const {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: it has no indirection table to be set", description()));
}

std::unexpected<Error> Nic::not_in_place() const {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: it has queues, and no ends of relays", description()));
}

std::unexpected<Error> Nic::not_elsewhere() const {
  return fail(ErrorCode::unsupported,
              fmt::format("{}: its queues run in this process", description()));
}

}  // namespace bulkhead::driver
