#include "bulkhead/bus/vfio_user/protocol_names.hpp"

#include <fmt/format.h>

namespace bulkhead::vfio_user {

std::string command_name(Command command) {
  switch (command) {
    case Command::version:
      return "VERSION";
    case Command::dma_map:
      return "DMA_MAP";
    case Command::dma_unmap:
      return "DMA_UNMAP";
    case Command::device_get_info:
      return "DEVICE_GET_INFO";
    case Command::device_get_region_info:
      return "DEVICE_GET_REGION_INFO";
    case Command::device_get_region_io_fds:
      return "DEVICE_GET_REGION_IO_FDS";
    case Command::device_get_irq_info:
      return "DEVICE_GET_IRQ_INFO";
    case Command::device_set_irqs:
      return "DEVICE_SET_IRQS";
    case Command::region_read:
      return "REGION_READ";
    case Command::region_write:
      return "REGION_WRITE";
    case Command::dma_read:
      return "DMA_READ";
    case Command::dma_write:
      return "DMA_WRITE";
    case Command::device_reset:
      return "DEVICE_RESET";
    case Command::region_write_multi:
      return "REGION_WRITE_MULTI";
    case Command::device_feature:
      return "DEVICE_FEATURE";
    case Command::mig_data_read:
      return "MIG_DATA_READ";
    case Command::mig_data_write:
      return "MIG_DATA_WRITE";
  }
  return fmt::format("command {}", static_cast<uint16_t>(command));
}

}  // namespace bulkhead::vfio_user
