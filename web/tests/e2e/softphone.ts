/** A real telephone for page tests: baresip, which answers, dials and speaks in a tone. Tests skip without it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = '/usr/bin/baresip';
const RATE = 8000; // samples a second of G.711

export const hasSoftphone = () => existsSync(PROGRAM);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A minute of a tone as WAV. */
function tone(hertz: number): Buffer {
  const samples = RATE * 60;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) wav.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / RATE)), 44 + i * 2);
  return wav;
}

export interface Account {
  account: string;
  password: string;
  server: string;
}

/** A phone that registers at once; `answers` picks up by itself. */
export class Softphone {
  readonly #dir = mkdtempSync(join(tmpdir(), 'agner-phone-'));
  #process: ChildProcess | null = null;
  #control: Socket | null = null;

  async start(a: Account, answers: boolean, hertz: number): Promise<void> {
    const port = await freePort();
    const at = (name: string) => join(this.#dir, name);
    writeFileSync(at('tone.wav'), tone(hertz));
    writeFileSync(at('contacts'), '');
    writeFileSync(at('accounts'), `<sip:${a.account}@${a.server}>;auth_user=${a.account};auth_pass=${a.password};answermode=${answers ? 'auto' : 'manual'};audio_codecs=PCMA/8000/1;regint=600\n`);
    writeFileSync(at('config'), [
      'net_interface 127.0.0.1', `ctrl_tcp_listen 127.0.0.1:${port}`, 'module_path /usr/lib/baresip/modules',
      ...['g711', 'aufile', 'aubridge'].map((m) => `module ${m}.so`), ...['uuid', 'account'].map((m) => `module_tmp ${m}.so`), ...['menu', 'ctrl_tcp'].map((m) => `module_app ${m}.so`),
      `audio_source aufile,${at('tone.wav')}`, `audio_player aubridge,play${a.account}`, `audio_alert aubridge,alert${a.account}`, 'ausrc_srate 8000', 'auplay_srate 8000', 'rtp_ports 24000-24999', '',
    ].join('\n'));
    const log = openSync(at('log'), 'w');
    this.#process = spawn(PROGRAM, ['-4', '-f', this.#dir], { env: { ...process.env, HOME: this.#dir }, stdio: ['ignore', log, log] });
    this.#control = await this.#reach(port);
  }

  /** Connects to the phone's control port, which opens when the phone is ready. */
  async #reach(port: number): Promise<Socket> {
    for (let left = 200; ; left--) {
      try {
        return await new Promise<Socket>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket));
          socket.once('error', reject);
          socket.on('data', () => undefined);
        });
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((wake) => setTimeout(wake, 50));
      }
    }
  }

  /** Gives a command: a netstring of JSON. */
  command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params });
    this.#control!.write(`${Buffer.byteLength(text)}:${text},`);
  }

  dial(number: string): void {
    this.command('dial', number);
  }

  hangUp(): void {
    this.command('hangup');
  }

  async stop(): Promise<void> {
    this.#control?.destroy();
    if (this.#process && this.#process.exitCode === null) {
      const gone = new Promise((resolve) => this.#process!.once('exit', resolve));
      this.#process.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
