// Huge pages for one test, where this process may reserve them.
#pragma once

#include <cstddef>
#include <fstream>

namespace bulkhead::memory {

class HugePages {
 public:
  /// At least `count` more free ones, for as long as this object lives.
  explicit HugePages(size_t count) {
    std::ifstream{setting} >> before_;
    std::ofstream{setting} << before_ + count;
    size_t now = 0;
    std::ifstream{setting} >> now;
    reserved_ = now >= before_ + count;
  }
  HugePages(const HugePages&) = delete;
  HugePages& operator=(const HugePages&) = delete;
  HugePages(HugePages&&) = delete;
  HugePages& operator=(HugePages&&) = delete;
  ~HugePages() { std::ofstream{setting} << before_; }

  [[nodiscard]] bool reserved() const { return reserved_; }

 private:
  static constexpr const char* setting = "/proc/sys/vm/nr_hugepages";
  size_t before_ = 0;
  bool reserved_ = false;
};

}  // namespace bulkhead::memory
