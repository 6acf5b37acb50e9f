#include "bulkhead/driver/virtio/negotiation.hpp"

#include <fmt/format.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/driver/virtio/features.hpp"

namespace bulkhead::virtio {
namespace {

constexpr std::chrono::seconds reset_limit{5};

constexpr uint8_t found = status::ACKNOWLEDGE | status::DRIVER;
constexpr uint8_t agreed = found | status::FEATURES_OK;

Result<> check_features(const Transport& transport, uint64_t offered, bool physical) {
  if (transport.is_legacy()) return {};
  if ((offered & feature::VERSION_1) == 0)
    return fail(ErrorCode::unsupported,
                fmt::format("the device offers {:#x}, which lacks VERSION_1", offered),
                "it breaks virtio 1.0, whose interface it has");
  if (!physical && (offered & feature::ACCESS_PLATFORM) == 0)
    return fail(
        ErrorCode::unsupported,
        fmt::format("the device offers {:#x}, which lacks ACCESS_PLATFORM: it would go past "
                    "the IOMMU",
                    offered),
        "let the device use the IOMMU (QEMU: iommu_platform=on)");
  return {};
}

}  // namespace

Result<> reset(Transport& transport) {
  BULKHEAD_TRY(transport.set_status(0));
  // 4.1.4.3.2: the device reads 0 when it has finished.
  Result<uint8_t> last;
  const bool done = wait_until(
      [&] {
        last = transport.status();
        return !last || *last == 0;
      },
      reset_limit);
  BULKHEAD_TRY(last);
  if (done) return {};
  return fail(ErrorCode::timeout,
              fmt::format("the device was not reset within {} s: device_status is {:#x}, waited "
                          "for 0",
                          reset_limit.count(), *last));
}

Result<uint64_t> negotiate(Transport& transport, uint64_t wanted, bool physical) {
  BULKHEAD_TRY(reset(transport));
  BULKHEAD_TRY(transport.set_status(status::ACKNOWLEDGE));
  BULKHEAD_TRY(transport.set_status(found));
  BULKHEAD_TRY_ASSIGN(const auto offered, transport.device_features());
  BULKHEAD_TRY(check_features(transport, offered, physical));
  const uint64_t accepted = offered & wanted;
  BULKHEAD_TRY(transport.set_driver_features(accepted));
  if (transport.is_legacy()) return accepted;  // it has no FEATURES_OK
  BULKHEAD_TRY(transport.set_status(agreed));
  BULKHEAD_TRY_ASSIGN(const auto status, transport.status());
  if ((status & status::FEATURES_OK) == 0)
    return fail(
        ErrorCode::unsupported,
        fmt::format("the device offers {:#x} and does not take {:#x} of it", offered, accepted));
  return accepted;
}

Result<> start(Transport& transport) {
  const uint8_t so_far = transport.is_legacy() ? found : agreed;
  return transport.set_status(so_far | status::DRIVER_OK);
}

Result<> check_status(Transport& transport) {
  BULKHEAD_TRY_ASSIGN(const auto status, transport.status());
  if ((status & (status::DRIVER_OK | status::DEVICE_NEEDS_RESET)) == status::DRIVER_OK) return {};
  return fail(ErrorCode::device_gone,
              fmt::format("the device has stopped: device_status is {:#x}", status),
              "open it again");
}

}  // namespace bulkhead::virtio
