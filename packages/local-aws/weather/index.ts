export { MODERATE_WEATHER, WeatherOptionsError, type WeatherOptions } from "./options";
export { Weather } from "./weather";
