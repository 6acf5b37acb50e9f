// `bulkhead doctor`: what this machine lacks for drivers in user space, and the command that mends
// it.
#include "bulkhead/bus/doctor/doctor.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bulkhead/app/command.hpp"
#include "bulkhead/app/port_pair.hpp"
#include "bulkhead/queue/pool.hpp"

namespace bulkhead::app {
namespace {

using bus::doctor::Diagnosis;
using bus::doctor::Patient;
using bus::doctor::Verdict;

struct DoctorOptions {
  std::string address;
  bool json = false;
};

/// The memory of `bulkhead forward`.
Result<> add_memory(Patient& patient) {
  BULKHEAD_TRY_ASSIGN(const auto pool, queue::Pool::create({}));
  const MemoryNeed need{pool->region().size()};
  patient.locked_memory = need.locked;
  patient.huge_pages = need.huge_pages;
  return {};
}

Result<Patient> patient_of(const DoctorOptions& options) {
  Patient patient{.machine = bus::this_machine()};
  BULKHEAD_TRY(add_memory(patient));
  if (options.address.empty()) {
    BULKHEAD_TRY_ASSIGN(patient.functions, bus::discover(patient.machine));
    std::erase_if(patient.functions, [](const auto& function) {
      return !function.is_network() && !function.is_nvme();
    });
    return patient;
  }
  BULKHEAD_TRY_ASSIGN(auto function, bus::find_function(patient.machine, options.address));
  patient.functions.push_back(std::move(function));
  patient.is_to_be_opened = true;
  return patient;
}

void print_json(const std::vector<Diagnosis>& diagnoses) {
  auto checks = nlohmann::json::array();
  for (const auto& [check, finding] : diagnoses)
    checks.push_back({{"check", check},
                      {"verdict", to_string(finding.verdict)},
                      {"what", finding.what},
                      {"why", finding.why},
                      {"fix", finding.fix}});
  const nlohmann::json report{{"verdict", to_string(verdict_of(diagnoses))}, {"checks", checks}};
  fmt::print("{}\n", report.dump(2));
}

void print_text(const std::vector<Diagnosis>& diagnoses) {
  for (const auto& [check, finding] : diagnoses) {
    fmt::print("{:<11}  {}: {}\n", to_string(finding.verdict), check, finding.what);
    if (!finding.why.empty()) fmt::print("{:<13}why: {}\n", "", finding.why);
    if (!finding.fix.empty()) fmt::print("{:<13}fix: {}\n", "", finding.fix);
  }
}

int exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return exit_success;
    case Verdict::finding:
      return exit_failure;
    case Verdict::cannot_tell:
      break;
  }
  return 2;
}

Result<int> examine(const DoctorOptions& options) {
  BULKHEAD_TRY_ASSIGN(const auto patient, patient_of(options));
  const auto diagnoses = bus::doctor::examine(patient);
  if (options.json) {
    print_json(diagnoses);
  } else {
    print_text(diagnoses);
  }
  return exit_code_of(verdict_of(diagnoses));
}

/// Not 1, which says that something was found.
int report_failure(const Error& error, bool json) {
  if (json)
    fmt::print("{}\n", nlohmann::json{{"verdict", to_string(Verdict::cannot_tell)},
                                      {"checks", nlohmann::json::array()},
                                      {"error", error.message()}}
                           .dump(2));
  static_cast<void>(report(error));
  return exit_code_of(Verdict::cannot_tell);
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  auto* command = app.add_subcommand(
      "doctor", "Tell what this machine lacks for drivers in user space, and what mends it");
  command->add_option("BDF", options->address, "A PCI function that a driver is wanted for");
  command->add_flag("--json", options->json, "Print a JSON object");
  command->footer("Exit codes: 0 all is good, 1 there are findings, 2 something cannot be told.");
  command->callback([options, &exit_code] {
    const auto result = examine(*options);
    exit_code = result ? *result : report_failure(result.error(), options->json);
  });
}

}  // namespace bulkhead::app
