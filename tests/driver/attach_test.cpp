// Queues that are run from a plan, as another process would, against the model.
#include "bulkhead/driver/attach.hpp"

#include <gtest/gtest.h>

#include "bulkhead/base/shared_words.hpp"
#include "bulkhead/driver/ixgbe/ixgbe.hpp"

#include "tests/driver/elsewhere.hpp"
#include "tests/driver/frames.hpp"
#include "tests/driver/ixgbe/modelled_nic.hpp"

namespace bulkhead::driver {
namespace {

using ixgbe::ModelledNic;
using std::chrono::seconds;

class AttachTest : public ::testing::Test {
 protected:
  AttachTest() : pool_(make_pool()) {
    auto nic = ixgbe::Ixgbe::open(model_.function(), {.pools = {pool_}, .elsewhere = true});
    EXPECT_TRUE(nic) << nic.error().message();
    nic_ = *std::move(nic);
  }
  Frame frame(unsigned seed) { return frame_to(nic_->mac(), 200, seed); }
  void expect_to_work(Elsewhere& queues, unsigned seed) {
    model_.cable().put(frame(seed));
    EXPECT_EQ(queues.receive(1), std::vector<Frame>{frame(seed)});
    queues.send(frame(seed + 1));
    std::vector<Frame> sent;
    wait_until([&] { return !(sent = model_.cable().take()).empty(); }, seconds{10});
    EXPECT_EQ(sent, std::vector<Frame>{frame(seed + 1)});
  }

  /// It does between two messages.
  void let_the_model_work() {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(nic_->link());
  }

  ModelledNic model_;
  std::shared_ptr<queue::Pool> pool_;
  std::unique_ptr<Nic> nic_;
};

TEST_F(AttachTest, FramesPassInAndOut) {
  Elsewhere queues{*nic_, *pool_};
  queues.start();
  for (unsigned i = 0; i < 1000; i += 2) expect_to_work(queues, i);
  EXPECT_EQ(model_.trouble().dma_violations, 0U);
}

TEST_F(AttachTest, TheNextOneGoesOnWhereTheRingsWereLeft) {
  unsigned seed = 0;
  for (int life = 0; life < 4; ++life) {
    Elsewhere queues{*nic_, *pool_};
    if (life > 0) {
      ASSERT_TRUE(nic_->resume());
    }
    queues.start();
    for (int i = 0; i < 100; ++i) expect_to_work(queues, seed += 2);
    model_.cable().put(frame(seed));
    let_the_model_work();  // the frame lies in the ring when the other process dies
    ASSERT_TRUE(nic_->halt(Rest::by_its_queues));
    EXPECT_TRUE(model_.cable().take().empty()) << "nothing is sent a second time";
  }
  EXPECT_EQ(model_.trouble().dma_violations, 0U);
}

TEST_F(AttachTest, AtRestTheDeviceWritesNothing) {
  Elsewhere queues{*nic_, *pool_};
  queues.start();
  expect_to_work(queues, 1);
  ASSERT_TRUE(nic_->halt(Rest::by_its_queues));
  model_.cable().put(frame(7));
  queues.send(frame(8));
  let_the_model_work();
  EXPECT_TRUE(queues.receive(0).empty());
  EXPECT_TRUE(model_.cable().take().empty());
}

TEST_F(AttachTest, RegistersThatTheOtherProcessChangedAreSetRightByAReset) {
  constexpr size_t queue_9 = 9 * 0x40;
  for (const auto& [page, offset, value] :
       {std::tuple{size_t{0}, size_t{0x28} + queue_9, uint32_t{1} << 25U},  // RXDCTL.ENABLE
        std::tuple{size_t{0}, size_t{0x14}, uint32_t{0xFFFF'FFFF}},         // SRRCTL
        std::tuple{size_t{1}, size_t{0x28} + queue_9, uint32_t{1} << 25U},  // TXDCTL.ENABLE
        std::tuple{size_t{1}, size_t{0x38}, uint32_t{1}}}) {                // TDWBAL
    {
      Elsewhere queues{*nic_, *pool_};
      queues.start();
      shared::store_release<uint32_t>(queues.page(page), offset, value);
      ASSERT_TRUE(nic_->halt(Rest::by_its_queues));
    }
    ASSERT_TRUE(nic_->resume());
    Elsewhere queues{*nic_, *pool_};
    EXPECT_NE(shared::load_acquire<uint32_t>(queues.page(page), offset), value);
    queues.start();
    expect_to_work(queues, 3);
    ASSERT_TRUE(nic_->halt(Rest::by_its_queues));
    ASSERT_TRUE(nic_->resume());
  }
}

TEST_F(AttachTest, ADeviceThatIsNotTrustedIsReset) {
  constexpr size_t RDLEN = 0x8;
  for (const auto rest : {Rest::by_its_queues, Rest::by_reset}) {
    Elsewhere queues{*nic_, *pool_};
    queues.start();
    ASSERT_TRUE(nic_->halt(rest));
    EXPECT_EQ(shared::load_acquire<uint32_t>(queues.page(0), RDLEN) == 0, rest == Rest::by_reset);
    ASSERT_TRUE(nic_->resume());
    Elsewhere next{*nic_, *pool_};
    next.start();
    expect_to_work(next, 5);
    ASSERT_TRUE(nic_->halt(Rest::by_its_queues));
    ASSERT_TRUE(nic_->resume());
  }
}

TEST_F(AttachTest, ANicWhoseQueuesAreHereHasNoPlans) {
  nic_.reset();
  const auto nic = *ixgbe::Ixgbe::open(model_.function(), {.pools = {make_pool()}});
  EXPECT_FALSE(nic->queue_plans());
  EXPECT_FALSE(nic->halt(Rest::by_its_queues));
  EXPECT_FALSE(nic->resume());
}

TEST_F(AttachTest, ADeviceThatIsGoneCannotBeBroughtToRest) {
  model_.die();
  const auto halted = nic_->halt(Rest::by_its_queues);
  ASSERT_FALSE(halted);
  EXPECT_EQ(halted.error().code, ErrorCode::device_gone);
}

}  // namespace
}  // namespace bulkhead::driver
