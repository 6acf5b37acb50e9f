// Clients that break every rule: the model counts and goes on.
#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

constexpr uint64_t nowhere = 0xDEAD'0000'0000;

/// The device still receives and sends after whatever happened to queue 0.
void expect_alive(Harness& h) {
  h.write(ctrl, 1U << 26U);
  h.wire->in.clear();
  h.wire->out.clear();
  h.start_rx();
  h.start_tx();
  h.write(tx0 + r_head, 0);
  h.put_tx_frame(0, make_frame(60));
  h.set_tx_tail(1);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_TRUE(Harness::done(h.rx_status(0)));
  EXPECT_EQ(h.wire->out.size(), 1U);
}

TEST(Hostile, UnmappedBuffersAreCountedAndNothingIsMoved) {
  Harness h;
  h.start_rx();
  h.start_tx();
  h.put64(Harness::rx_ring, nowhere);
  h.put64(Harness::rx_ring + 16, ~0ULL - 10);
  for (int i = 0; i < 2; ++i) h.wire->in.push_back(make_frame(60));
  h.put_tx(0, nowhere, 60);
  h.put_tx(1, ~0ULL, 1514);
  h.put_tx(2, Harness::iova + Harness::memory_size - 10, 60);
  h.set_tx_tail(3);
  h.work();
  EXPECT_EQ(h.device->trouble().dma_violations, 5U);
  EXPECT_TRUE(h.wire->out.empty());
  expect_alive(h);
}

TEST(Hostile, BufferLengthsOfNothingAndTooMuch) {
  Harness h;
  h.start_tx();
  h.put_tx(0, Harness::iova, 0);
  h.put_tx(1, Harness::iova, 65535);
  h.put_tx(2, Harness::iova, 60, 0x2B900000);  // no such type
  h.put_tx(3, Harness::iova, 5);
  h.set_tx_tail(4);
  h.work();
  EXPECT_TRUE(h.wire->out.empty());
  EXPECT_EQ(h.read(tx0 + r_head), 4U);
  EXPECT_EQ(h.device->trouble().malformed_descriptors, 3U);
  expect_alive(h);
}

TEST(Hostile, AFrameWithoutAnEndIsGivenBack) {
  Harness h;
  h.start_tx(0, 256);
  for (uint32_t i = 0; i < 255; ++i) h.put_tx(i, Harness::iova, 2000, 0x22300000);
  h.set_tx_tail(255);
  h.work(16);
  EXPECT_TRUE(h.wire->out.empty());
  expect_alive(h);
}

TEST(Hostile, RingLengthsBasesHeadsAndTails) {
  for (const uint32_t block : {rx0, tx0}) {
    for (const auto& [offset, value] : {std::pair{r_length, 0U},
                                        {r_length, 17U},
                                        {r_length, ~0U},
                                        {r_length, 0x80000U},
                                        {r_base, 0x7FU},
                                        {r_base, ~0U},
                                        {r_base_high, ~0U},
                                        {r_tail, 0xFFFFU},
                                        {r_tail, 16U},
                                        {r_head, 0xFFFFU},
                                        {r_srrctl, 0U},
                                        {r_srrctl, ~0U},
                                        {r_control, ~0U},
                                        {0x38U, ~0U},
                                        {0x3CU, ~0U}}) {
      Harness h;
      h.start_rx();
      h.start_tx();
      h.put_tx_frame(0, make_frame(60));
      h.set_tx_tail(1);
      h.write(block + offset, value);
      for (int i = 0; i < 20; ++i) h.wire->in.push_back(make_frame(60));
      h.work();
      expect_alive(h);
    }
  }
}

TEST(Hostile, MappedQueuePagesMayHoldAnything) {
  Harness h;
  h.start_rx();
  h.start_tx();
  const auto whole = Mapping::map(h.device->region(0).shared, 0, 128_KiB);
  ASSERT_TRUE(whole);
  uint32_t random = 12345;
  for (int round = 0; round < 200; ++round) {
    for (const uint32_t page : {0x1000U, 0x6000U}) {
      for (uint32_t at = 0; at < 4096; at += 4) {
        random = random * 1664525 + 1013904223;
        // Bases stay inside the memory now and then, so that rings are found.
        uint32_t value = random;
        if (at % 0x40 == r_base) value = static_cast<uint32_t>(Harness::iova) + random % 0x200000;
        if (at % 0x40 == r_base_high) value = 1;
        if (at % 0x40 == r_length && random % 2 == 0) value = random % 4096;
        if ((at % 0x40 == r_tail || at % 0x40 == r_head) && random % 2 == 0) value = random % 64;
        shared::store_relaxed<uint32_t>(whole->bytes(), page + at, value);
      }
    }
    h.wire->in.push_back(make_frame(60));
    h.set_bits(rxctrl, 1);
    h.set_bits(dmatxctl, 1);
    h.work(4);
    h.wire->out.clear();
  }
  for (uint32_t offset = 0; offset < 128 * 1024; offset += 4)
    shared::store_relaxed<uint32_t>(whole->bytes(), offset, ~0U);
  h.set_bits(rxctrl, 1);
  h.work();
  expect_alive(h);
}

TEST(Hostile, MemoryThatGoesAwayIsNotTouched) {
  Harness h;
  h.start_rx();
  h.start_tx();
  h.work();
  EXPECT_TRUE(h.device->unmap_dma(Harness::iova, Harness::memory_size));
  h.wire->in.push_back(make_frame(60));
  h.set_tx_tail(3);
  h.work();
  EXPECT_FALSE(Harness::done(h.rx_status(0)));
  EXPECT_TRUE(h.wire->out.empty());
  EXPECT_GE(h.device->trouble().dma_violations, 1U);
}

TEST(Hostile, ReadOnlyMemoryIsNotWritten) {
  Harness h;
  h.start_rx();
  constexpr uint64_t other = 0x9'0000'0000;
  EXPECT_TRUE(
      h.device->map_dma(other, Harness::memory_size, vfio_user::dma_readable, h.share(), 0));
  h.put64(Harness::rx_ring, other + Harness::buffer_of(0));
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(h.device->trouble().dma_violations, 1U);
  EXPECT_EQ(h.get64(Harness::buffer_of(0)), 0U);
}

TEST(Rx, BuffersMayCrossAdjacentRanges) {
  Harness h;
  constexpr uint64_t low = 0x9'0000'0000;
  constexpr auto both = vfio_user::dma_readable | vfio_user::dma_writeable;
  EXPECT_TRUE(h.device->map_dma(low, 4096, both, h.share(), 0x200000));
  EXPECT_TRUE(h.device->map_dma(low + 4096, 4096, both, h.share(), 0x100000));
  h.start_rx();
  h.start_tx();
  h.put64(Harness::rx_ring, low + 4096 - 40);
  const auto frame = make_frame(100);
  h.wire->in.push_back(frame);
  h.work();
  EXPECT_EQ(h.bytes_at(0x200000 + 4096 - 40, 40), Frame(frame.begin(), frame.begin() + 40));
  EXPECT_EQ(h.bytes_at(0x100000, 60), Frame(frame.begin() + 40, frame.end()));
  h.put_tx(0, low + 4096 - 40, 100);
  h.set_tx_tail(1);
  h.work();
  ASSERT_EQ(h.wire->out.size(), 1U);
  EXPECT_EQ(h.wire->out[0], frame);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
