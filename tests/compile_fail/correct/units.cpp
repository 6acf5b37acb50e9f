// What the cases beside this folder do wrong, done right: base.
#include "bulkhead/base/units.hpp"

#include <span>
#include <vector>

#include "bulkhead/base/index.hpp"
#include "bulkhead/base/mapping.hpp"

// expected-no-diagnostics

using namespace bulkhead;

void reserve(Bytes length);
void point_device_at(Iova address);
void stop(QueueId queue);
void free_buffer(Slot slot);

void units(Iova address, QueueId queue, Slot slot) {
  reserve(4_KiB);
  point_device_at(address + 4_KiB);
  stop(queue);
  free_buffer(slot);
}

Index<8> position(uint32_t number) {
  return Index<8>::wrap(number);
}

int element(const std::vector<int>& numbers, size_t i) {
  return std::span{numbers}.subspan(1)[i];
}

Result<std::byte> first_byte(int fd) {
  BULKHEAD_TRY(check_sealed_memory(fd, 0, 4_KiB));
  BULKHEAD_TRY_ASSIGN(const Mapping mapping, Mapping::map(fd, 0, 4_KiB));
  return mapping.bytes()[0];
}
