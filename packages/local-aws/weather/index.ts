export { MODERATE_WEATHER, WeatherOptionsError, type WeatherOptions } from "./options";
export { Weather, type Outage, type WeatherStatistics } from "./weather";
