#include "bulkhead/driver/ixgbe/queue_pages.hpp"

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/ixgbe/registers.hpp"

namespace bulkhead::ixgbe {
namespace {

template <class R>
uint32_t read(const bus::BarPages& page, uint32_t queue) {
  return shared::load_relaxed<uint32_t>(page.pages.bytes(),
                                        R::offset + queue * R::stride - page.offset.value());
}

template <class R>
void write(const bus::BarPages& page, uint32_t queue, uint32_t value) {
  shared::store_release<uint32_t>(page.pages.bytes(),
                                  R::offset + queue * R::stride - page.offset.value(), value);
}

template <class... R>
void append(std::vector<uint32_t>& values, const bus::BarPages& page, uint32_t queue) {
  (values.push_back(read<R>(page, queue)), ...);
}

}  // namespace

std::vector<uint32_t> QueuePages::settings() const {
  std::vector<uint32_t> values;
  for (uint32_t queue = 0; queue < most_queues; ++queue) {
    append<RDBAL, RDBAH, RDLEN, SRRCTL, RSCCTL, DCA_RXCTRL>(values, rx_, queue);
    values.push_back(read<RXDCTL>(rx_, queue) & ~rxdctl::ENABLE().bits());
    append<TDBAL, TDBAH, TDLEN, TDWBAL, TDWBAH, DCA_TXCTRL>(values, tx_, queue);
    values.push_back(read<TXDCTL>(tx_, queue) & ~txdctl::ENABLE().bits());
  }
  return values;
}

bool QueuePages::at_rest_as_remembered() const {
  return !any_enabled(most_queues) && settings() == remembered_;
}

bool QueuePages::any_enabled(uint32_t queues) const {
  for (uint32_t queue = 0; queue < queues; ++queue)
    if ((read<RXDCTL>(rx_, queue) & rxdctl::ENABLE().bits()) != 0 ||
        (read<TXDCTL>(tx_, queue) & txdctl::ENABLE().bits()) != 0)
      return true;
  return false;
}

bool QueuePages::all_sent(uint32_t queues) const {
  for (uint32_t queue = 0; queue < queues; ++queue)
    if (read<TDH>(tx_, queue) != read<TDT>(tx_, queue)) return false;
  return true;
}

void QueuePages::disable(uint32_t queues) {
  for (uint32_t queue = 0; queue < queues; ++queue) {
    write<RXDCTL>(rx_, queue, read<RXDCTL>(rx_, queue) & ~rxdctl::ENABLE().bits());
    write<TXDCTL>(tx_, queue, read<TXDCTL>(tx_, queue) & ~txdctl::ENABLE().bits());
  }
}

void QueuePages::rewind(uint32_t queues) {
  for (uint32_t queue = 0; queue < queues; ++queue) {
    write<RDH>(rx_, queue, 0);
    write<RDT>(rx_, queue, 0);
    write<TDH>(tx_, queue, 0);
    write<TDT>(tx_, queue, 0);
  }
}

}  // namespace bulkhead::ixgbe
