#include "bulkhead/confine/compartment/control_page.hpp"

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/shared_words.hpp"

namespace bulkhead::confine {
namespace {

constexpr Bytes size = 4_KiB;
constexpr size_t word = sizeof(uint64_t);

// The two sides' words are in lines of their own.
constexpr size_t go_at = 0;
constexpr size_t stop_at = word;
constexpr size_t heartbeat_at = 128;
constexpr size_t counts_at = 256;

using Words = std::array<uint64_t, sizeof(Counts) / word>;
static_assert(sizeof(Words) == sizeof(Counts) && counts_at + sizeof(Counts) <= size.value());

}  // namespace

Counts& Counts::operator+=(const Counts& more) {
  for (size_t i = 0; i < frames.size(); ++i) {
    frames.at(i) += more.frames.at(i);
    rx_stopped.at(i) |= more.rx_stopped.at(i);
    tx_stopped.at(i) |= more.tx_stopped.at(i);
    rx.at(i) += more.rx.at(i);
    tx.at(i) += more.tx.at(i);
    dropped.at(i) += more.dropped.at(i);
  }
  batches += more.batches;
  busy_ticks += more.busy_ticks;
  return *this;
}

bool blames_a_device(const Counts& counts) {
  constexpr std::array<uint64_t, 2> none{};
  return counts.rx_stopped != none || counts.tx_stopped != none;
}

Result<ControlPage> ControlPage::create() {
  BULKHEAD_TRY_ASSIGN(auto fd, create_sealed_memory("bulkhead-control", size, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(auto page, Mapping::map(fd.get(), 0, size));
  return ControlPage{std::move(fd), std::move(page)};
}

Result<ControlPage> ControlPage::adopt(OwnedFd memory) {
  BULKHEAD_TRY(check_sealed_memory(memory.get(), 0, size));
  BULKHEAD_TRY_ASSIGN(auto page, Mapping::map(memory.get(), 0, size));
  return ControlPage{std::move(memory), std::move(page)};
}

void ControlPage::set_go() {
  shared::store_release<uint64_t>(page_.bytes(), go_at, 1);
}

bool ControlPage::may_go() const {
  return shared::load_acquire<uint64_t>(page_.bytes(), go_at) != 0;
}

void ControlPage::set_stop() {
  shared::store_release<uint64_t>(page_.bytes(), stop_at, 1);
}

bool ControlPage::must_stop() const {
  return shared::load_relaxed<uint64_t>(page_.bytes(), stop_at) != 0;
}

void ControlPage::beat(uint64_t heartbeat) {
  shared::store_relaxed<uint64_t>(page_.bytes(), heartbeat_at, heartbeat);
}

uint64_t ControlPage::heartbeat() const {
  return shared::load_relaxed<uint64_t>(page_.bytes(), heartbeat_at);
}

void ControlPage::write(const Counts& counts) {
  const auto words = std::bit_cast<Words>(counts);
  for (size_t i = 0; i < words.size(); ++i)
    shared::store_relaxed<uint64_t>(page_.bytes(), counts_at + i * word, words[i]);
}

void ControlPage::write_progress(const Counts& counts) {
  constexpr size_t words_of_progress = offsetof(Counts, rx) / word;
  const auto words = std::bit_cast<Words>(counts);
  for (size_t i = 0; i < words_of_progress; ++i)
    shared::store_relaxed<uint64_t>(page_.bytes(), counts_at + i * word, words[i]);
}

Counts ControlPage::counts() const {
  Words words;
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = shared::load_relaxed<uint64_t>(page_.bytes(), counts_at + i * word);
  return std::bit_cast<Counts>(words);
}

}  // namespace bulkhead::confine
