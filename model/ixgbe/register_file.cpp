#include "model/ixgbe/register_file.hpp"

#include <algorithm>

#include "model/ixgbe/registers.hpp"

namespace bulkhead::model::ixgbe {

Result<RegisterFile> RegisterFile::create() {
  BULKHEAD_TRY_ASSIGN(OwnedFd fd,
                      create_sealed_memory("82599 BAR 0", Bytes{bar0_size}, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(Mapping memory, Mapping::map(fd.get(), 0, Bytes{bar0_size}));
  RegisterFile file{std::move(fd), std::move(memory)};
  file.reset();
  return file;
}

void RegisterFile::reset() {
  for (uint32_t offset = 0; offset < bar0_size; offset += 4) set(offset, 0);
  for (const auto& line : book()) {
    if (line.reset == 0) continue;
    for (uint32_t i = 0; i < line.count; ++i) set(line.offset + i * line.stride, line.reset);
  }
}

}  // namespace bulkhead::model::ixgbe
