// Between org.pytorch.executorch.EValue and the runtime's values.
#pragma once

#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/core/evalue.h>
#include <jni.h>

#include <deque>
#include <string>
#include <vector>

namespace h3ae {

// The arguments of one call. Tensors are Java's own memory, read in place; strings live as long as this does.
class Arguments {
 public:
  Arguments(JNIEnv* env, jobjectArray values);

  const std::vector<executorch::runtime::EValue>& values() const { return values_; }

 private:
  executorch::runtime::EValue convert(JNIEnv* env, jobject value);
  executorch::runtime::EValue tensor(JNIEnv* env, jobject value);

  std::deque<std::string> strings_;
  std::deque<executorch::aten::ArrayRef<char>> views_;
  std::deque<executorch::extension::TensorPtr> tensors_;
  std::vector<executorch::runtime::EValue> values_;
};

// A Java array of results; tensors are copied, since the next call writes over the runtime's own.
jobjectArray results(JNIEnv* env, const std::vector<executorch::runtime::EValue>& values);

}  // namespace h3ae
