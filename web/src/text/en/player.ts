export const player = {
  play: (name: string) => `Play ${name}`,
  pause: (name: string) => `Pause ${name}`,
  position: (name: string) => `Position in ${name}`,
  at: (time: string, length: string) => `${time} of ${length}`,
  speed: "Speed",
  speedIs: (times: string) => `Speed: ${times}`,
  mute: "Mute",
  unmute: "Unmute",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
};
