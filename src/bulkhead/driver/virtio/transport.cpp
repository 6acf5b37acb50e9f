#include "bulkhead/driver/virtio/transport.hpp"

#include <fmt/format.h>

#include "bulkhead/driver/virtio/capabilities.hpp"
#include "bulkhead/driver/virtio/legacy.hpp"
#include "bulkhead/driver/virtio/modern.hpp"

namespace bulkhead::virtio {

Result<std::unique_ptr<Transport>> open_transport(const std::shared_ptr<bus::Function>& function,
                                                  bool physical) {
  BULKHEAD_TRY_ASSIGN(const auto capabilities, read_capabilities(*function));
  if (capabilities.common) return ModernTransport::open(function, capabilities);
  if (physical) return LegacyTransport::open(function);
  return fail(ErrorCode::unsupported,
              fmt::format("{}: it has virtio's legacy interface only, which goes past the IOMMU",
                          function->name()),
              "give the virtual machine a device of virtio 1.0 (QEMU: disable-legacy=on)");
}

}  // namespace bulkhead::virtio
