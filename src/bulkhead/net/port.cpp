#include "bulkhead/net/port.hpp"

#include "bulkhead/bus/function.hpp"
#include "bulkhead/driver/ixgbe/ixgbe.hpp"

namespace bulkhead::net {

Result<std::unique_ptr<Port>> open_port(const std::string& name, PortConfig config) {
  BULKHEAD_TRY_ASSIGN(auto function, bus::open(name));
  BULKHEAD_TRY_ASSIGN(auto nic, ixgbe::Ixgbe::open(std::move(function), std::move(config)));
  return nic;
}

}  // namespace bulkhead::net
