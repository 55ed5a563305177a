import { createConnection } from "node:net";
import { networkInterfaces } from "node:os";

/** Whether something listens there. */
export function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

/** This machine's addresses but for those of the loopback interface. */
export const outerAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address),
  );
