for i in 1 2 3; do node --import tsx bench/queue.ts --only enqueue 2>&1 | grep "p50: "; done
