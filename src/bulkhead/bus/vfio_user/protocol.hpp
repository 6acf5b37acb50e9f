// The messages of vfio-user 0.1, as laid out by the published specification (QEMU's
// docs/interop/vfio-user.rst). Both sides of the socket include this file and nothing else of each
// other. All numbers are in the host's byte order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulkhead::vfio_user {

inline constexpr uint16_t version_major = 0;
inline constexpr uint16_t version_minor = 1;

/// What a peer is taken to support if its version message does not say.
inline constexpr uint64_t default_max_msg_fds = 1;
inline constexpr uint64_t default_max_dma_maps = 65535;
inline constexpr uint64_t default_pgsizes = 4096;
/// What Bulkhead announces: the descriptors that a message may bring, and the data of one access.
inline constexpr uint32_t our_max_msg_fds = 16;
inline constexpr uint32_t max_data_xfer_size = 1U << 20U;
/// No message is longer: the largest data transfer, and room for its fixed part.
inline constexpr uint32_t max_message_size = max_data_xfer_size + 4096;

enum class Command : uint16_t {
  version = 1,
  dma_map = 2,
  dma_unmap = 3,
  device_get_info = 4,
  device_get_region_info = 5,
  device_get_region_io_fds = 6,
  device_get_irq_info = 7,
  device_set_irqs = 8,
  region_read = 9,
  region_write = 10,
  dma_read = 11,
  dma_write = 12,
  device_reset = 13,
  region_write_multi = 15,
  device_feature = 16,
  mig_data_read = 17,
  mig_data_write = 18,
};

struct Header {
  uint16_t message_id;
  Command command;
  uint32_t message_size;  ///< with this header
  uint32_t flags;
  uint32_t error;  ///< an errno value, in replies with flag_error
};
static_assert(sizeof(Header) == 16);

inline constexpr uint32_t flag_type_mask = 0xF;
inline constexpr uint32_t flag_type_command = 0;
inline constexpr uint32_t flag_type_reply = 1;
inline constexpr uint32_t flag_no_reply = 1U << 4U;
inline constexpr uint32_t flag_error = 1U << 5U;

/// Followed by optional JSON, NUL-terminated.
struct Version {
  uint16_t major;
  uint16_t minor;
};
static_assert(sizeof(Version) == 4);

inline constexpr uint32_t dma_readable = 1U << 0U;
inline constexpr uint32_t dma_writeable = 1U << 1U;

struct DmaMap {
  uint32_t argsz;
  uint32_t flags;
  uint64_t offset;  ///< into the descriptor that comes with the message, if one does
  uint64_t address;
  uint64_t size;
};
static_assert(sizeof(DmaMap) == 32);

inline constexpr uint32_t dma_unmap_get_dirty_bitmap = 1U << 0U;
inline constexpr uint32_t dma_unmap_all = 1U << 1U;

struct DmaUnmap {
  uint32_t argsz;
  uint32_t flags;
  uint64_t address;
  uint64_t size;
};
static_assert(sizeof(DmaUnmap) == 24);

inline constexpr uint32_t device_flag_reset = 1U << 0U;
inline constexpr uint32_t device_flag_pci = 1U << 1U;

struct DeviceInfo {
  uint32_t argsz;
  uint32_t flags;
  uint32_t num_regions;
  uint32_t num_irqs;
};
static_assert(sizeof(DeviceInfo) == 16);

/// Regions of a PCI device: BARs 0 to 5, then these.
inline constexpr uint32_t region_rom = 6;
inline constexpr uint32_t region_config = 7;
inline constexpr uint32_t region_vga = 8;
inline constexpr uint32_t pci_region_count = 9;

inline constexpr uint32_t region_flag_read = 1U << 0U;
inline constexpr uint32_t region_flag_write = 1U << 1U;
inline constexpr uint32_t region_flag_mmap = 1U << 2U;
inline constexpr uint32_t region_flag_caps = 1U << 3U;

struct RegionInfo {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t cap_offset;  ///< of the first capability, from the start of this structure
  uint64_t size;
  uint64_t offset;  ///< of the region in the descriptor that comes with the reply
};
static_assert(sizeof(RegionInfo) == 32);

struct CapabilityHeader {
  uint16_t id;
  uint16_t version;
  uint32_t next;  ///< offset of the next one, from the start of RegionInfo; 0 ends the list
};
static_assert(sizeof(CapabilityHeader) == 8);

inline constexpr uint16_t capability_sparse_mmap = 1;

/// Follows a sparse mmap capability's header, and is followed by `nr_areas` of SparseArea.
struct SparseMmap {
  uint32_t nr_areas;
  uint32_t reserved;
};
static_assert(sizeof(SparseMmap) == 8);

struct SparseArea {
  uint64_t offset;
  uint64_t size;
};
static_assert(sizeof(SparseArea) == 16);

/// Interrupts of a PCI device.
inline constexpr uint32_t irq_intx = 0;
inline constexpr uint32_t irq_msi = 1;
inline constexpr uint32_t irq_msix = 2;
inline constexpr uint32_t irq_error = 3;
inline constexpr uint32_t irq_request = 4;
inline constexpr uint32_t pci_irq_count = 5;

inline constexpr uint32_t irq_flag_eventfd = 1U << 0U;
inline constexpr uint32_t irq_flag_maskable = 1U << 1U;
inline constexpr uint32_t irq_flag_automasked = 1U << 2U;
inline constexpr uint32_t irq_flag_noresize = 1U << 3U;

struct IrqInfo {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t count;
};
static_assert(sizeof(IrqInfo) == 16);

inline constexpr uint32_t irq_set_data_none = 1U << 0U;
inline constexpr uint32_t irq_set_data_bool = 1U << 1U;
inline constexpr uint32_t irq_set_data_eventfd = 1U << 2U;
inline constexpr uint32_t irq_set_action_mask = 1U << 3U;
inline constexpr uint32_t irq_set_action_unmask = 1U << 4U;
inline constexpr uint32_t irq_set_action_trigger = 1U << 5U;

/// Followed by `count` bytes with irq_set_data_bool; descriptors come with the message otherwise.
struct IrqSet {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t start;
  uint32_t count;
};
static_assert(sizeof(IrqSet) == 20);

/// Followed by `count` bytes in a write's request and a read's reply.
struct RegionAccess {
  uint64_t offset;
  uint32_t region;
  uint32_t count;
};
static_assert(sizeof(RegionAccess) == 16);

/// Sub-regions that can be had as eventfds; followed by `count` descriptions.
struct RegionIoFds {
  uint32_t argsz;
  uint32_t flags;
  uint32_t index;
  uint32_t count;
};
static_assert(sizeof(RegionIoFds) == 16);

/// One of several writes in a message (at most 8 bytes each); a uint64_t with their number is
/// before the first.
struct SmallWrite {
  uint64_t offset;
  uint32_t region;
  uint32_t count;
  uint64_t data;
};
static_assert(sizeof(SmallWrite) == 24);

/// DMA by message, from the server: for memory that came without a descriptor.
struct DmaAccess {
  uint64_t address;
  uint64_t count;
};
static_assert(sizeof(DmaAccess) == 16);

}  // namespace bulkhead::vfio_user
