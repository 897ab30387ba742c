// The runtime's last messages, which Java reads after a failure.
#pragma once

#include <string>
#include <vector>

namespace h3ae {

// Begins to keep messages; later calls do nothing.
void keep_log();

// What the runtime has said since the last call, at most its last 64 lines.
std::vector<std::string> take_log();

}  // namespace h3ae
