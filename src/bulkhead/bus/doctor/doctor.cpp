#include "bulkhead/bus/doctor/doctor.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bulkhead/bus/doctor/checks.hpp"

namespace bulkhead::bus::doctor {
namespace {

struct Check {
  std::string_view name;
  Findings (*look)(const Patient&);
};

constexpr std::array<Check, 9> checks{{
    {"processor", check_processor},
    {"iommu", check_iommu},
    {"interrupt remapping", check_interrupt_remapping},
    {"groups", check_groups},
    {"modules", check_modules},
    {"access", check_access},
    {"locked memory", check_locked_memory},
    {"huge pages", check_huge_pages},
    {"lockdown", check_lockdown},
}};

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::finding:
      return "finding";
    case Verdict::cannot_tell:
      return "cannot tell";
  }
  return "unknown verdict";
}

std::vector<Diagnosis> examine(const Patient& patient) {
  std::vector<Diagnosis> diagnoses;
  for (const auto& check : checks)
    for (auto& finding : check.look(patient)) diagnoses.push_back({check.name, std::move(finding)});
  return diagnoses;
}

Verdict verdict_of(const std::vector<Diagnosis>& diagnoses) {
  const auto any = [&](Verdict verdict) {
    return std::ranges::any_of(diagnoses, [&](const Diagnosis& diagnosis) {
      return diagnosis.finding.verdict == verdict;
    });
  };
  if (any(Verdict::finding)) return Verdict::finding;
  return any(Verdict::cannot_tell) ? Verdict::cannot_tell : Verdict::good;
}

}  // namespace bulkhead::bus::doctor
