#include "bulkhead/net/port.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/driver/e1000e/devices.hpp"
#include "bulkhead/driver/e1000e/e1000e.hpp"
#include "bulkhead/driver/ixgbe/devices.hpp"
#include "bulkhead/driver/ixgbe/ixgbe.hpp"
#include "bulkhead/driver/virtio/virtio_net.hpp"

namespace bulkhead::net {
namespace {

struct Driver {
  std::string_view devices;  ///< for people
  std::optional<std::string_view> (*find_device)(bus::Identity);
  Result<std::unique_ptr<Port>> (*open)(std::shared_ptr<bus::Function>, PortConfig);
};

Result<std::unique_ptr<Port>> open_e1000e(std::shared_ptr<bus::Function> function,
                                          PortConfig config) {
  return e1000e::E1000e::open(std::move(function), std::move(config), {});
}

Result<std::unique_ptr<Port>> open_virtio(std::shared_ptr<bus::Function> function,
                                          PortConfig config) {
  const bool physical = function->placement() == memory::Placement::physical;
  return virtio::VirtioNet::open(std::move(function), std::move(config), {.physical = physical});
}

// It is no function, and has no id to find its driver by. `place`: PATH, or PATH,split.
Result<std::unique_ptr<Port>> open_vhost_user(std::string_view place, PortConfig config) {
  if (config.elsewhere)
    return fail(ErrorCode::unsupported,
                fmt::format("vhost-user:{}: another process cannot run a back end's queues", place),
                "run it in one process: bulkhead forward");
  constexpr std::string_view split = ",split";
  const bool packed = !place.ends_with(split);
  if (!packed) place.remove_suffix(split.size());
  BULKHEAD_TRY_ASSIGN(const auto back_end, vhost_user::BackEnd::connect(std::string{place}));
  return virtio::VirtioNet::open_vhost_user(back_end, std::move(config), {.packed = packed});
}

constexpr std::array drivers{
    Driver{"Intel's 82599, X520, X540 and X550", ixgbe::find_name, ixgbe::Ixgbe::open},
    Driver{"Intel's 82574", e1000e::find_device, open_e1000e},
    Driver{"virtio network devices", virtio::find_device, open_virtio},
};

Result<Driver> find_driver(bus::Identity identity) {
  const auto* found = std::ranges::find_if(drivers, [identity](const Driver& driver) {
    return driver.find_device(identity).has_value();
  });
  if (found != drivers.end()) return *found;
  std::array<std::string_view, drivers.size()> known;
  std::ranges::transform(drivers, known.begin(), &Driver::devices);
  return fail(ErrorCode::unsupported,
              fmt::format("no driver here knows the device {:04x}:{:04x}", identity.vendor,
                          identity.device),
              fmt::format("there are drivers for {}", fmt::join(known, "; ")));
}

}  // namespace

std::optional<std::string_view> device_name(bus::Identity identity) {
  const auto driver = find_driver(identity);
  return driver ? driver->find_device(identity) : std::nullopt;
}

Result<std::unique_ptr<Port>> open_port(const std::string& name, PortConfig config,
                                        bus::OpenOptions options) {
  constexpr std::string_view vhost_user = "vhost-user:";
  if (name.starts_with(vhost_user) && name.size() > vhost_user.size())
    return open_vhost_user(std::string_view{name}.substr(vhost_user.size()), std::move(config));
  BULKHEAD_TRY_ASSIGN(auto function, bus::open(name, options));
  return open_port(std::move(function), std::move(config));
}

Result<std::unique_ptr<Port>> open_port(std::shared_ptr<bus::Function> function,
                                        PortConfig config) {
  BULKHEAD_TRY_ASSIGN(const auto identity, function->identity());
  BULKHEAD_TRY_ASSIGN(const auto driver, find_driver(identity));
  return driver.open(std::move(function), std::move(config));
}

}  // namespace bulkhead::net
