// Asks a server by its address alone, as grpcurl and a health probe do: node probe.js HOST:PORT SERVICE METHOD [JSON]
const grpc = require('@grpc/grpc-js');
const { service: health } = require('grpc-health-check');
const { GrpcReflection } = require('grpc-js-reflection-client');

const [address, service, method, request = '{}'] = process.argv.slice(2);
const plain = grpc.credentials.createInsecure();
const ask = (client, name, message) => new Promise((resolve, reject) =>
  client[name](message, (error, answer) => error ? reject(error) : resolve(answer)));

async function main() {
  const probe = new (grpc.makeGenericClientConstructor(health))(address, plain);
  console.log('health', (await ask(probe, 'check', { service })).status);
  const reflection = new GrpcReflection(address, plain);
  console.log('services', (await reflection.listServices()).sort().join(' '));
  // No .proto file is read here: what is called, and how the answer is spelled, the server says.
  const described = (await reflection.getDescriptorBySymbol(service)).getPackageObject({ keepCase: true, longs: String });
  const client = new (service.split('.').reduce((at, name) => at[name], described))(address, plain);
  console.log(JSON.stringify(await ask(client, method, JSON.parse(request))));
  for (const one of [probe, client]) one.close();
  process.exit(0);
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
