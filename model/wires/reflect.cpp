#include "model/wires/reflect.hpp"

#include <fmt/format.h>

#include "model/copy_bytes.hpp"

namespace bulkhead::model {

std::span<std::byte> Reflect::slot(uint64_t number) {
  return std::span{memory_}.subspan(number % slots * slot_size, slot_size);
}

std::span<const std::byte> Reflect::peek() {
  if (head_ == tail_) return {};
  return slot(head_).first(sizes_[head_ % slots]);
}

void Reflect::consume() {
  if (head_ != tail_) ++head_;
}

bool Reflect::transmit(std::span<const std::byte> frame) {
  if (frame.size() > slot_size) {
    ++oversize_;
    return true;
  }
  if (tail_ - head_ == slots) return false;
  copy_bytes(frame, slot(tail_));
  sizes_[tail_ % slots] = frame.size();
  ++tail_;
  return true;
}

std::string Reflect::report() const {
  return fmt::format(R"({{"kind":"reflect","reflected":{},"waiting":{},"oversize":{}}})", head_,
                     tail_ - head_, oversize_);
}

}  // namespace bulkhead::model
