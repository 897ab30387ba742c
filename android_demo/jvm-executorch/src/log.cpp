#include "log.h"

#include <executorch/runtime/platform/platform.h>

#include <deque>
#include <mutex>

namespace h3ae {
namespace {

constexpr size_t kLines = 64;
std::mutex mutex;
std::deque<std::string> lines;

void keep(
    et_timestamp_t,
    et_pal_log_level_t level,
    const char* file,
    const char*,
    size_t line,
    const char* message,
    size_t length) {
  std::lock_guard<std::mutex> guard(mutex);
  if (lines.size() == kLines) lines.pop_front();
  lines.push_back(
      std::string(1, static_cast<char>(level)) + " " + file + ":" + std::to_string(line) + " " +
      std::string(message, length));
}

}  // namespace

void keep_log() {
  static const bool kept =
      executorch::runtime::register_pal(executorch::runtime::PalImpl::create(keep, "jvm-executorch"));
  (void)kept;
}

std::vector<std::string> take_log() {
  std::lock_guard<std::mutex> guard(mutex);
  std::vector<std::string> taken(lines.begin(), lines.end());
  lines.clear();
  return taken;
}

}  // namespace h3ae
