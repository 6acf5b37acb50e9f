#include <nlohmann/json.hpp>

#include "bulkhead/confine/report.hpp"

namespace bulkhead::confine {
namespace {

using nlohmann::json;

json names_of(const std::vector<int>& calls) {
  json names = json::array();
  for (const int number : calls) names.push_back(name_of_system_call(number));
  return names;
}

template <class Items, class Describe>
json list(const Items& items, Describe describe) {
  json all = json::array();
  for (const auto& item : items) all.push_back(describe(item));
  return all;
}

json to_json(const LayerState& state) {
  const char* presence = state.presence == Presence::on        ? "on"
                         : state.presence == Presence::lacking ? "lacking"
                                                               : "forgone";
  return {{"layer", to_string(state.layer)}, {"presence", presence}, {"note", state.note}};
}

json to_json(const OpenDescriptor& open) {
  return {{"fd", open.fd}, {"what", open.what}, {"purpose", open.purpose}};
}

json to_json(const Interface& interface) {
  return {{"name", interface.name}, {"up", interface.up}};
}

json to_json(const NamespaceId& id) {
  return {{"kind", id.kind}, {"id", id.id}, {"own", id.own}};
}

json to_json(const PassingCalls& calls) {
  return {{"whose", calls.whose},
          {"pass", names_of(calls.passing)},
          {"pass_with_conditions", names_of(calls.conditional)},
          {"no_filter_stops", names_of(calls.of_the_kernel)}};
}

json to_json(const Observation& seen) {
  json capabilities;
  for (const auto& set : seen.capabilities) capabilities[set.name] = set.bits;
  json limits;
  for (const auto& limit : seen.limits) limits[limit.name] = limit.value;
  const auto item = [](const auto& what) { return to_json(what); };
  return {{"uid", seen.uid},
          {"gid", seen.gid},
          {"groups", seen.groups},
          {"capabilities", capabilities},
          {"descriptors", list(seen.descriptors, item)},
          {"root", seen.root},
          {"interfaces", list(seen.interfaces, item)},
          {"namespaces", list(seen.namespaces, item)},
          {"limits", limits},
          {"no_new_privileges", seen.no_new_privileges},
          {"no_new_code", seen.no_new_code},
          {"dumpable", seen.dumpable},
          {"opens_files", seen.opens_files},
          {"landlock_abi", seen.landlock_abi},
          {"system_calls", list(seen.system_calls, item)}};
}

}  // namespace

std::string to_json(const Report& report) {
  const auto item = [](const auto& what) { return to_json(what); };
  json all{{"layers", list(report.layers, item)}};
  if (report.observed) all["observed"] = to_json(*report.observed);
  return all.dump(2);
}

}  // namespace bulkhead::confine
