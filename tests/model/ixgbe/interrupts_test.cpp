#include "bulkhead/base/deadline.hpp"

#include "tests/model/ixgbe/harness.hpp"

namespace bulkhead::model::ixgbe::test {
namespace {

constexpr uint32_t gpie = 0x898, ivar0 = 0x900, ivar_misc = 0xA00, eiac = 0x810, eics = 0x808;

struct MsixHarness : Harness {
  MsixHarness() {
    for (uint32_t i = 0; i < 3; ++i)
      device->set_interrupt(vfio_user::irq_msix, i, events.at(i).share());
    work();
    read(eicr);
    write(gpie, 0xC0000010);   // MSI-X, EIAME, PBA
    write(ivar0, 0x8180);      // rx 0 on vector 0, tx 0 on vector 1
    write(ivar_misc, 0x8200);  // other causes on vector 2
    write(eiac, 0xFFFF);
  }
  std::array<Event, 3> events;
};

TEST(Msix, QueuesSignalTheirVectors) {
  MsixHarness h;
  h.start_rx();
  h.start_tx();
  h.write(eims, 3);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(h.events[0].take(), 1U);
  EXPECT_EQ(h.events[1].take(), 0U);
  h.put_tx_frame(0, make_frame(60));
  h.set_tx_tail(1);
  h.work();
  EXPECT_EQ(h.events[1].take(), 1U);
  EXPECT_EQ(h.read(eicr), 0U) << "EIAC cleared the causes";
}

TEST(Msix, AMaskedCauseIsSignalledOnceItIsEnabled) {
  MsixHarness h;
  h.start_rx();
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(h.events[0].take(), 0U);
  h.write(eims, 1);
  EXPECT_EQ(h.events[0].take(), 1U);
  h.write(eimc, 1);
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(h.events[0].take(), 0U);
}

TEST(Msix, AutoMaskNeedsToBeEnabledAgain) {
  MsixHarness h;
  h.start_rx();
  h.write(0x890, 1);  // EIAM
  h.write(eims, 1);
  for (int i = 0; i < 2; ++i) {
    h.wire->in.push_back(make_frame(60));
    h.work();
  }
  EXPECT_EQ(h.events[0].take(), 1U);
  EXPECT_EQ(h.read(eims) & 1U, 0U);
  h.write(eims, 1);
  EXPECT_EQ(h.events[0].take(), 1U);
}

TEST(Msix, LinkChangesComeOnTheOtherVector) {
  MsixHarness h;
  h.write(eims, 1U << 20U);
  h.wire->up = false;
  h.work(600);
  EXPECT_EQ(h.events[2].take(), 1U);
  EXPECT_EQ(h.read(eicr), 1U << 20U);
  EXPECT_EQ(h.read(eicr), 0U) << "cleared by reading";
}

TEST(Msix, WithOtherClearDisableReadingClearsOnlyTheOtherCauses) {
  MsixHarness h;
  h.write(gpie, 0xC0000030);
  h.write(eics, 0x7FFFFFFF);
  EXPECT_EQ(h.read(eicr), 0x7FFFFFFFU);
  EXPECT_EQ(h.read(eicr), 0x4000FFFFU) << "29:16 were cleared by reading";
  h.write(eicr, 0x4000FFFF);
  EXPECT_EQ(h.read(eicr), 0U);
}

TEST(Msix, SoftwareCanSetACause) {
  MsixHarness h;
  h.write(eims, 1);
  h.write(eics, 1);
  EXPECT_EQ(h.events[0].take(), 1U);
}

TEST(Msix, VectorsAbove15HaveTheirOwnMaskRegisters) {
  Harness h;
  const Event event;
  h.device->set_interrupt(vfio_user::irq_msix, 40, event.share());
  h.write(gpie, 0xC0000010);
  h.write(ivar0, 0x80U | 40U);
  h.write(0xAA4, 1U << 8U);
  h.start_rx();
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(event.take(), 1U);
}

TEST(Msix, ThrottlingDelaysTheSecondButLosesNothing) {
  MsixHarness h;
  h.start_rx();
  h.write(0x820, 0xFF8);  // about a millisecond
  h.write(eims, 1);
  h.wire->in.push_back(make_frame(60));
  h.work();
  h.wire->in.push_back(make_frame(60));
  uint64_t signals = 0;
  ASSERT_TRUE(wait_until(
      [&] {
        h.work();
        signals += h.events[0].take();
        return signals == 2;
      },
      std::chrono::seconds{5}));
}

TEST(Msi, IsOneInterruptForEverything) {
  Harness h;
  const Event event;
  h.device->set_interrupt(vfio_user::irq_msi, 0, event.share());
  h.work();
  h.read(eicr);
  h.write(ivar0, 0x80);
  h.write(eims, 1);
  h.start_rx();
  h.wire->in.push_back(make_frame(60));
  h.work();
  EXPECT_EQ(event.take(), 1U);
  EXPECT_EQ(h.read(eicr), 1U);
}

TEST(Interrupts, AreForgottenWhenTheClientGoes) {
  MsixHarness h;
  h.device->disconnected();
  EXPECT_EQ(h.read(eims), 0U);
  h.write(gpie, 0x10);
  h.write(eims, 1);
  h.write(eics, 1);
  EXPECT_EQ(h.events[0].take(), 0U);
}

}  // namespace
}  // namespace bulkhead::model::ixgbe::test
