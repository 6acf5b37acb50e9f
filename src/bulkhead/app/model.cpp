#include "bulkhead/app/command.hpp"
namespace bulkhead::app {
void add_model(CLI::App& /*app*/, int& /*exit_code*/) {}
}  // namespace bulkhead::app
