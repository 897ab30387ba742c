// The thread pool of the process, whose own header the wheel leaves out.
#pragma once

#include <cstdint>
#include <string>

namespace executorch::extension::threadpool {

// As the library defines it, as far as it is used here: pointers to it alone, and members that are not virtual.
class ThreadPool {
 public:
  size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(uint32_t thread_count);
};

ThreadPool* get_threadpool();

}  // namespace executorch::extension::threadpool
