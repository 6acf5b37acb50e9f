// Reads and writes of the device's regions by message.
#include <cerrno>
#include <span>

#include "model/vfio_user/session.hpp"

namespace bulkhead::model {

using vfio_user::RegionAccess;

bool Session::in_region(const RegionAccess& access, uint32_t wanted) const {
  if (access.region >= vfio_user::pci_region_count) return false;
  if (access.count == 0 || access.count > vfio_user::max_data_xfer_size) return false;
  const auto region = device_.region(access.region);
  return (region.flags & wanted) != 0 && access.offset <= region.size &&
         access.count <= region.size - access.offset;
}

Result<Reply> Session::region_read(const Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto access, request_as<RegionAccess>(message));
  if (!in_region(access, vfio_user::region_flag_read)) return Reply::refuse(EINVAL);
  auto reply = Reply::with(access);
  reply.payload.resize(sizeof(RegionAccess) + access.count);
  const auto data = std::span{reply.payload}.subspan(sizeof(RegionAccess));
  if (!device_.read_region(access.region, access.offset, data)) return Reply::refuse(EINVAL);
  return reply;
}

Result<Reply> Session::region_write(const Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto access, request_as<RegionAccess>(message));
  const auto data = std::span{message.payload}.subspan(sizeof(RegionAccess));
  if (data.size() != access.count)
    return fail(ErrorCode::protocol, "the data is not as long as its count says");
  if (!in_region(access, vfio_user::region_flag_write)) return Reply::refuse(EINVAL);
  if (!device_.write_region(access.region, access.offset, data)) return Reply::refuse(EINVAL);
  return Reply::with(access);
}

Result<Reply> Session::region_write_multi(const Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto count, request_as<uint64_t>(message));
  auto writes = std::span{message.payload}.subspan(sizeof(uint64_t));
  if (writes.size() % sizeof(vfio_user::SmallWrite) != 0 ||
      writes.size() / sizeof(vfio_user::SmallWrite) != count)
    return fail(ErrorCode::protocol, "the writes are not as many as their count says");
  for (; !writes.empty(); writes = writes.subspan(sizeof(vfio_user::SmallWrite))) {
    const auto write = from_bytes<vfio_user::SmallWrite>(writes);
    const RegionAccess access{.offset = write.offset, .region = write.region, .count = write.count};
    const auto data = to_bytes(write.data);
    if (write.count > data.size() || !in_region(access, vfio_user::region_flag_write))
      return Reply::refuse(EINVAL);
    if (!device_.write_region(write.region, write.offset, std::span{data}.first(write.count)))
      return Reply::refuse(EINVAL);
  }
  return Reply::with(count);
}

}  // namespace bulkhead::model
