import { portsOf } from './containers.ts';
import { isReady } from './judge-start.ts';
import { findProjectIfAny } from './project.ts';
import { apisOf, storefrontOf } from './published-services.ts';

/** The source APIs of containers that run without a launcher, or undefined where not all of them are ready. */
export async function findApisInDocker(env: NodeJS.ProcessEnv): Promise<{ system: string; url: string }[] | undefined> {
  const { found } = await findProjectIfAny(env);
  const wanted = apisOf(found?.file.ports ?? []).length;
  const apis = apisOf(portsOf((found?.containers ?? []).filter(isReady)));
  return wanted > 0 && apis.length === wanted ? apis : undefined;
}

/** The storefront of containers that run without a launcher, or undefined where it is not ready. */
export async function findStorefrontInDocker(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { found } = await findProjectIfAny(env);
  return storefrontOf(portsOf((found?.containers ?? []).filter(isReady)));
}
