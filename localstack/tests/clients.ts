// Compiled, never run: the types that openapi-typescript makes of the contract say what each body is.
import type { components, paths } from "./contract";

type Json<Content> = Content extends { content: { "application/json": infer Body } } ? Body : never;
type Known<Body> = 0 extends 1 & Body ? false : unknown extends Body ? false : [Body] extends [never] ? false : true;
const known = <Body>(): Known<Body> => true as Known<Body>;

// Every operation's body, in and out.
export const bodies: true[] = [
  known<Json<NonNullable<paths["/predict"]["post"]["requestBody"]>>>(),
  known<Json<paths["/invocations"]["post"]["requestBody"]>>(),
  known<Json<paths["/v1/series/{series}/invocations"]["post"]["requestBody"]>>(),
  known<Json<paths["/v1/series/{series}/forecast"]["post"]["requestBody"]>>(),
  known<Json<paths["/invocations"]["post"]["responses"][200]>>(),
  known<Json<paths["/invocations"]["post"]["responses"][400]>>(),
  known<Json<paths["/v1/series"]["get"]["responses"][200]>>(),
  known<Json<paths["/v1/series/{series}/forecast"]["get"]["responses"][200]>>(),
  known<Json<paths["/v1/series/{series}/forecasts"]["get"]["responses"][200]>>(),
  known<Json<paths["/v1/series/{series}/versions"]["get"]["responses"][200]>>(),
  known<Json<paths["/reports/{series}/{report}"]["get"]["responses"][200]>>(),
];

const bar = { time: "2023-11-03T00:00:00Z", open: 1, high: 1, low: 1, close: 1, volume: 0 };
export const split: components["schemas"]["ScoringRequest"] = {
  dataframe_split: { columns: ["time", "open", "high", "low", "close", "volume"], data: [["2023-11-03", 1, 1, 1, 1, 0]] },
};
export const records: components["schemas"]["ScoringRequest"] = { dataframe_records: [bar] };
export const columns: components["schemas"]["ScoringRequest"] = { inputs: { time: [1698969600], open: [1] } };
export const bars: components["schemas"]["Bars"] = { bars: [bar] };
// A pair has two places and no third.
export const pair = (forecast: components["schemas"]["Forecast"]): [number, number] => forecast.interval;
// @ts-expect-error A price is a number.
export const refused: components["schemas"]["Bars"] = { bars: [{ ...bar, open: "1" }] };
