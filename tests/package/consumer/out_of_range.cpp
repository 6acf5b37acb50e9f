// Reads the byte after a part of a register's bytes: a user's program must not get away with it.
#include <cstdint>
#include <span>

#include <bulkhead/base/bytes.hpp>

int main(int count, char**) {
  const auto bytes = bulkhead::to_bytes(uint64_t{0});
  const auto part = std::span{bytes}.first(4);
  return static_cast<int>(part[static_cast<size_t>(count) + 3]);  // run without arguments: 4
}
