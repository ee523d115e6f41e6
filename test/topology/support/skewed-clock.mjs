// Loaded before a program (`--import`): its clock is wrong by TEST_CLOCK_SKEW_S seconds.
const skewMs = Number(process.env.TEST_CLOCK_SKEW_S) * 1_000;
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + skewMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + skewMs;
  }
};
