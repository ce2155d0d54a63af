/** The normal distribution's quantile. */

const CENTRE = [
  [2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.387132872796366608],
  [5.226495278852854561e3, 2.8729085735721942674e4, 3.930789580009271061e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.871870074920579083e2,
    4.2313330701600911252e1, 1],
] as const;
const TAIL = [
  [7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550,
    4.63033784615654529590, 1.42343711074968357734],
  [1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940,
    2.05319162663775882187, 1],
] as const;
const FAR_TAIL = [
  [2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580,
    5.46378491116411436990, 6.65790464350110377720],
  [2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1],
] as const;

/**
 * Return the value below which a standard normal number lies with a probability.
 *
 * @param probability Above 0 and below 1.
 *
 * Wichura 1988, algorithm AS 241, in the very order of operations that Python's `statistics` has.
 */
export function normalQuantile(probability: number): number {
  const offset = probability - 0.5;
  if (Math.abs(offset) <= 0.425) return ratio(CENTRE, 0.180625 - offset * offset, offset);
  const depth = Math.sqrt(-Math.log(offset <= 0 ? probability : 1 - probability));
  const size = depth <= 5 ? ratio(TAIL, depth - 1.6, 1) : ratio(FAR_TAIL, depth - 5, 1);
  return offset < 0 ? -size : size;
}

function ratio(fraction: readonly (readonly number[])[], at: number, times: number): number {
  const [top, bottom] = fraction.map((terms) => terms.reduce((sum, term) => sum * at + term, 0));
  return (top! * times) / bottom!;
}
