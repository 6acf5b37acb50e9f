#include "bulkhead/confine/layer.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace bulkhead::confine {
namespace {

TEST(Layers, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Layer layer : all_layers) names.insert(to_string(layer));
  EXPECT_EQ(names.size(), all_layers.size());
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Layers, AreFoundByName) {
  const auto layers = parse_layers("landlock,system-calls");
  ASSERT_TRUE(layers) << layers.error().message();
  EXPECT_EQ(*layers, (std::vector{Layer::landlock, Layer::system_calls}));
}

TEST(Layers, AllAreThoseThatAProcessPutsOnItself) {
  const auto layers = parse_layers("all");
  ASSERT_TRUE(layers);
  EXPECT_EQ(layers->size(), all_layers.size() - 1);
  EXPECT_EQ(std::ranges::count(*layers, Layer::pid_namespace), 0);
}

TEST(Layers, AnUnknownNameIsRefusedWithThoseThatThereAre) {
  for (const char* text : {"", "landlock,", "chroot", "landlock, system-calls"}) {
    const auto layers = parse_layers(text);
    ASSERT_FALSE(layers) << text;
    EXPECT_EQ(layers.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(layers.error().remedy.find("empty-root"), std::string::npos);
  }
}

TEST(Layers, TravelAsBits) {
  const std::vector<Layer> layers{Layer::identity, Layer::landlock, Layer::system_calls};
  EXPECT_EQ(layers_of(bits_of(layers)), layers);
  EXPECT_EQ(bits_of({}), 0U);
  EXPECT_TRUE(layers_of(uint32_t{1} << 31U).empty());
}

}  // namespace
}  // namespace bulkhead::confine
