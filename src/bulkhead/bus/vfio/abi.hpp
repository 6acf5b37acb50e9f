// What Linux's <linux/vfio.h> and <linux/iommufd.h> have since 6.6, and Debian 12's headers do not:
// the VFIO character device and IOMMUFD, which replace container and group.
#pragma once

#include <cstdint>

#include <sys/ioctl.h>

namespace bulkhead::vfio::abi {

inline constexpr unsigned type = ';';

// <linux/vfio.h>, "IOCTLs for DEVICE file descriptors".
struct BindIommufd {
  uint32_t argsz;
  uint32_t flags;
  int32_t iommufd;
  uint32_t out_devid;
};
struct AttachIommufdPt {
  uint32_t argsz;
  uint32_t flags;
  uint32_t pt_id;
};
inline constexpr unsigned long device_bind_iommufd = _IO(type, 118);
inline constexpr unsigned long device_attach_iommufd_pt = _IO(type, 119);

// <linux/iommufd.h>
struct IoasAlloc {
  uint32_t size;
  uint32_t flags;
  uint32_t out_ioas_id;
};
struct IoasIovaRange {
  uint64_t start;
  uint64_t last;
};
struct IoasIovaRanges {
  uint32_t size;
  uint32_t ioas_id;
  uint32_t num_iovas;
  uint32_t reserved;
  uint64_t allowed_iovas;  ///< address of an array of IoasIovaRange
  uint64_t out_iova_alignment;
};
struct IoasMap {
  uint32_t size;
  uint32_t flags;
  uint32_t ioas_id;
  uint32_t reserved;
  uint64_t user_va;
  uint64_t length;
  uint64_t iova;
};
struct IoasUnmap {
  uint32_t size;
  uint32_t ioas_id;
  uint64_t iova;
  uint64_t length;
};
static_assert(sizeof(IoasIovaRanges) == 32 && sizeof(IoasMap) == 40 && sizeof(IoasUnmap) == 24);

inline constexpr uint32_t ioas_map_fixed_iova = 1;
inline constexpr uint32_t ioas_map_writeable = 2;
inline constexpr uint32_t ioas_map_readable = 4;
inline constexpr unsigned long ioas_alloc = _IO(type, 0x81);
inline constexpr unsigned long ioas_iova_ranges = _IO(type, 0x84);
inline constexpr unsigned long ioas_map = _IO(type, 0x85);
inline constexpr unsigned long ioas_unmap = _IO(type, 0x86);

}  // namespace bulkhead::vfio::abi
